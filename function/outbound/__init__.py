"""Outgoing HTTP: proxies, requests that end at their deadline, retry advice."""
