"""The test support itself: each promise of tests/support/database.py, put in danger by the test before."""

import threading

import psycopg
import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

pytestmark = pytest.mark.django_db


def count_marks() -> int:
    return ContentType.objects.filter(app_label="left_behind").count()


def leave_mark() -> None:
    ContentType.objects.create(app_label="left_behind", model="mark")


@pytest.mark.parametrize("turn", [1, 2])
def test_rolls_back(turn):
    assert count_marks() == 0
    leave_mark()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_cleans_what_was_committed(turn):
    assert count_marks() == 0
    with transaction.atomic():
        leave_mark()
    ContentType.objects.filter(app_label="contenttypes").update(model="changed")
    assert connection.settings_dict["NAME"].endswith("_commit")


@pytest.mark.django_db(transaction=True)
def test_seeded_rows_are_put_back():
    assert not ContentType.objects.filter(model="changed").exists()
    assert ContentType.objects.filter(app_label="contenttypes", model="contenttype").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_cleans_what_other_connections_committed(turn):
    assert count_marks() == 0
    with psycopg.connect(settings.DATABASE_URL) as other:
        other.execute("INSERT INTO django_content_type (app_label, model) VALUES ('left_behind', 'mark')")
    assert count_marks() == 1


@pytest.mark.django_db(transaction=True)
def test_other_threads_see_the_clone_for_commits():
    leave_mark()
    seen: list[int] = []

    def look() -> None:
        seen.append(count_marks())
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [1]


def test_not_a_superuser():
    """Tests run with the rights that the application has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)


def test_words_of_chinese_are_letters():
    """Trigram and word search need a locale that knows Chinese characters as letters."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT '咸宁' ~ '^\\w+$'")
        assert cursor.fetchone() == (True,)
