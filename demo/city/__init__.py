"""The demo city in the database: directory, rooms, two task forces with a past, a river gauge.

`load()` is what `manage.py load_demo` calls. demo.city stands above all floors and uses their services.
"""

from demo.city.load import load

__all__ = ["load"]
