"""What runs for as long as the machine does: one server with several doors."""
