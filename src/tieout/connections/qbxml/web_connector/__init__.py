"""QuickBooks Desktop behind a Web Connector: what answers its calls, and the exchange that waits at the mailbox between them."""
