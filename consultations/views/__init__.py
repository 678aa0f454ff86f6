"""Pages of outings, notes, activities, appointments and episodes."""
