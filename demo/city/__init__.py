"""The demo city in the database: directory, rooms, two task forces with a past, a river gauge.

`demo.city.load.load()` is what `manage.py load_demo` calls. Above all floors, on their services.
"""
