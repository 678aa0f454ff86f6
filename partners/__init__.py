"""Organisations and places, ours and others': agreements, services, contacts, sites, trainings."""
