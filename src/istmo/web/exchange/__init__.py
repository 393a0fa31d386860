"""The exchange in the workbench of a hub or a node: messages, what ended undelivered, alarms, peers."""
