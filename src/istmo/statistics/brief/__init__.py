"""The monthly regional brief as a value: tables whose cells have ids, charts, sentences made from cells."""
