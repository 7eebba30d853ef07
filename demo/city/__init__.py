"""The demo city in the database: directory, rooms, two task forces with a past, a river gauge.

`demo.city.load.load()` is what `manage.py load_demo` calls. This package stands above all floors and uses their services.
"""
