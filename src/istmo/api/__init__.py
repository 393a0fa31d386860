"""The exchange's end points, with their OpenAPI: what peers ask of this installation over mutual TLS."""
