"""Render a recommendation, a timeline and tables for people."""
