"""REST of this floor."""

from ninja import Router

router = Router()
