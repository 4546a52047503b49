"""The project's own API: /api/v1/inspections and /api/v1/indicators."""
