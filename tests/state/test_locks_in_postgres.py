"""Locks in Postgres, whose connections are kept for the next lock."""

import psycopg
import pytest

from tieout.errors import Busy
from tieout.state.postgres import PostgresState


def refused(state, name):
    try:
        with state.exclusive(name):
            return False
    except Busy:
        return True


def test_a_lock_is_free_for_everybody_once_it_was_left(postgres_url):
    with PostgresState(postgres_url) as one, PostgresState(postgres_url) as other:
        for _ in range(3):
            with one.exclusive("books"):
                assert refused(other, "books")
                assert refused(one, "books")
                assert not refused(one, "shop")
            assert not refused(other, "books")


def test_a_lock_is_left_by_who_leaves_with_an_error(postgres_url):
    with PostgresState(postgres_url) as one, PostgresState(postgres_url) as other:
        with pytest.raises(KeyError), one.exclusive("books"):
            raise KeyError
        assert not refused(other, "books")


def test_a_lock_is_held_by_a_new_connection_where_the_kept_one_was_lost(postgres_url):
    with PostgresState(postgres_url) as one, PostgresState(postgres_url) as other:
        with one.exclusive("books"), one.exclusive("shop"):
            pass
        with psycopg.connect(postgres_url, autocommit=True) as server:
            server.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        with one.exclusive("books"):
            assert refused(other, "books")
