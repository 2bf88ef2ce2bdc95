"""The collection of all tables."""

import sqlalchemy as sa

metadata = sa.MetaData()
