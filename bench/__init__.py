"""The engine: contracts, protocols, metrics, records, runs."""
