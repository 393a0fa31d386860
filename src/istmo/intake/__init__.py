"""Source profiles: a ministry's own export is read, mapped and checked; nothing is guessed."""
