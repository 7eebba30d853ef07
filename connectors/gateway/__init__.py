"""The gateway process: ports on which devices speak, and lines to brokers. It says yes only to what is stored."""
