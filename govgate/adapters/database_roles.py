"""Who may do what in the database that keeps a registry.

Source: PostgreSQL 15 documentation, 9.26 (has_table_privilege, pg_has_role) and 5.7 (privileges).
"""

from urllib.parse import urlsplit

from govgate.errors import StoreError
from govgate.ports import Role

_SQL = """
WITH tables AS (
    SELECT c.oid, c.relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND n.nspname NOT LIKE 'pg\\_toast%%'
), holders AS (
    SELECT r.oid AS login, g.oid AS held, r.rolname::text AS name,
           r.rolsuper AS super
    FROM pg_roles r JOIN pg_roles g ON pg_has_role(r.oid, g.oid, 'MEMBER')
    WHERE r.rolcanlogin
    UNION ALL
    SELECT 0::oid, 0::oid, 'everyone', false
)
SELECT h.name,
       bool_or(has_table_privilege(CASE h.held WHEN 0 THEN 'public' ELSE
               (SELECT rolname FROM pg_roles WHERE oid = h.held) END, t.oid, 'SELECT')),
       bool_or(has_table_privilege(CASE h.held WHEN 0 THEN 'public' ELSE
               (SELECT rolname FROM pg_roles WHERE oid = h.held) END, t.oid,
               'INSERT, UPDATE, DELETE, TRUNCATE')),
       bool_or(h.super OR h.held = t.relowner)
FROM holders h CROSS JOIN tables t GROUP BY h.name ORDER BY h.name
"""
"""A member of a role can become it (SET ROLE) whether or not it inherits its rights."""


def roles_in(uri: str) -> tuple[Role, ...]:
    """Tell what every role that can log in may do with a registry's tables.

    Args:
        uri: As SQLAlchemy opens it; its password goes nowhere.

    Raises:
        StoreError: It is no PostgreSQL, cannot be asked, or holds no table.
    """
    uri = uri.removeprefix("govgate+")
    family = urlsplit(uri).scheme.partition("+")[0]
    if family not in {"postgresql", "postgres"}:
        msg = f"who may read a database of {family or 'no scheme'} cannot be found out; list the "
        raise StoreError(msg + "file among the places, or keep the registry in PostgreSQL")
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.pool import NullPool

    try:
        engine = create_engine(uri, poolclass=NullPool, connect_args={"connect_timeout": 5})
        with engine.connect() as connection:
            rows = connection.execute(text(_SQL)).fetchall()
    except (SQLAlchemyError, ImportError, ValueError, UnicodeError) as why:
        # What the driver says may hold the whole address.
        msg = f"the database cannot be asked who may read it ({type(why).__name__}); "
        raise StoreError(msg + "check the address, and let this role connect") from None
    if not rows:
        msg = "the database has no table that this role can see; name the registry's own"
        raise StoreError(msg)
    found = (Role(name, r or all_, w or all_, all_) for name, r, w, all_ in rows)
    return tuple(role for role in found if role.reads or role.writes)
