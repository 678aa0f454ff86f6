"""What was done with or for people: outings, visits, consultations, group activities, episodes."""
