"""The console in a real browser: every page and every action, with pictures of them."""
