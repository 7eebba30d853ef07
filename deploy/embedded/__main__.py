"""`python -m deploy.embedded`."""

import sys

from deploy.embedded.run import main

sys.exit(main(sys.argv[1:]))
