"""The data explorer: any series by nationality or region, one nationality or region along the corridor, extra-regional
origin, sex and age, what was revised, and the map of places.
"""
