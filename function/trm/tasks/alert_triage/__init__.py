"""Alerts: labels and annotations in, one of seven functions or none out."""
