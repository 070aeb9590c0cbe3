"""Table definitions. Times are seconds since the epoch, ids are Discord's."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    FromClause,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from bot.store.db.schema.control_tables import bans as bans
from bot.store.db.schema.control_tables import global_pause as global_pause
from bot.store.db.schema.control_tables import limit_notices as limit_notices
from bot.store.db.schema.control_tables import operator_acts as operator_acts
from bot.store.db.schema.control_tables import own_limits as own_limits
from bot.store.db.schema.day_tables import member_days as member_days
from bot.store.db.schema.day_tables import server_days as server_days
from bot.store.db.schema.metadata import metadata as metadata
from bot.store.db.schema.process_tables import processes as processes

Jobs = FromClause
"""The table of jobs or an alias of it."""

jobs = Table(
    "jobs",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("interaction_id", BigInteger, nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    # requester and place
    Column("user_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger, nullable=False),
    Column("locale", String(16), nullable=False),
    Column("guild_locale", String(16)),
    Column("own_locale", String(16)),
    Column("upload_limit", BigInteger, nullable=False),
    # the message to be edited into the answer; the token is wiped when the job is done
    Column("application_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("ephemeral", Boolean, nullable=False),
    Column("token", Text),
    Column("token_expires_at", Float, nullable=False),
    Column("own_card", Boolean, nullable=False, server_default=false()),
    Column("guest", Boolean, nullable=False, server_default=false()),
    # request
    Column("prompt", Text, nullable=False),
    Column("ratio", String(8), nullable=False),
    Column("size", String(8), nullable=False),
    Column("model", String(100)),
    Column("reference", Text),
    Column("source", Text),
    Column("spoiler", Boolean, nullable=False),
    Column("show_reference", Boolean, nullable=False, server_default=false()),
    Column("more_references", JSON, nullable=False, server_default="[]"),  # those after the first
    Column("amount", Integer, nullable=False),
    Column("style", String(32)),
    Column("style_text", Text),
    # the result it was made from, the number of that one's picture, and what counts from the first ancestor
    Column("parent_id", BigInteger),
    Column("parent_picture", Integer),
    Column("edits", Integer, nullable=False, server_default="0"),
    Column("first_link", Text),
    # progress
    Column("created_at", Float, nullable=False),
    Column("run_at", Float, nullable=False),
    Column("deadline", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lost", Integer, nullable=False, server_default="0"),  # consecutive workers lost while they had it
    Column("turn", BigInteger, nullable=False, server_default="0"),
    Column("relaxed", Boolean, nullable=False, server_default=false()),
    Column("abreast", Integer, nullable=False, server_default="1"),  # pictures generated concurrently
    Column("calls_left", Integer, nullable=False, server_default="0"),  # relay calls reserved while running
    Column("worker", String(64)),
    Column("lease", Float),
    Column("started_at", Float),
    Column("drawn_at", Float),
    Column("finished_at", Float),
    # its card while it waits: until when it is leased, and the position it shows
    Column("card_until", Float, nullable=False, server_default="0"),
    Column("card_ahead", Integer),
    Column("late_edit_at", Float),  # when an edit was found to have covered its answer
    # outcome
    Column("pictures", JSON, nullable=False),
    Column("kept", JSON, nullable=False, server_default="[]"),
    Column("shown", JSON, nullable=False, server_default="[]"),  # on its card while others are drawn
    Column("starred", Boolean, nullable=False, server_default=false()),
    Column(
        "charged", Integer, nullable=False, server_default="0"
    ),  # pictures of a job cancelled while it ran
    Column("compared", JSON, nullable=False, server_default="[]"),  # a model for each picture
    Column("surplus", Integer, nullable=False, server_default="0"),  # units of compared pictures beyond 1
    Column("weight", Integer, nullable=False, server_default="1"),  # pictures of a quota that each counts as
    Column("cost", BigInteger, nullable=False, server_default="0"),  # in millionths of its currency
    # how much of it, or of what it may still cost, is in the counters of its day; never less than the cost
    Column("counted_cost", BigInteger, nullable=False, server_default="0"),
    Column("counted_day", Integer),  # the UTC day of these counters; null: the day of the request
    Column("currency", String(8)),
    Column("fallbacks", JSON(none_as_null=True)),  # models that may draw it while its service is down
    Column("reserved", JSON(none_as_null=True)),  # what a running comparison has of several services
    # addresses of paid pictures that are still to be downloaded, and when they are wiped at the latest
    Column("results", JSON(none_as_null=True)),
    Column("results_until", Float),
    Column("direct", Boolean, nullable=False, server_default=false()),
    Column("problem", String(64)),
    Column("last_error", String(64)),  # of the attempt before
    Column("steps", Text),  # written by triggers: lines with the time, what happened and a detail
    Column("facts", JSON, nullable=False),
    sqlite_autoincrement=True,
)


def _index(name: str, *columns: str, where: str | None = None) -> Index:
    # Not an option of a dialect, as each would import the dialect; see ``indexes``.
    return Index(f"ix_jobs_{name}", *(jobs.c[column] for column in columns), info={"where": where})


# Partial, or read only at their newest end, so that no query slows down as finished jobs accumulate.
# With all that a claim reads of the jobs it passes over, such as those of members at their limit. With
# the constant state, or SQLite reads the rows as well, or chooses another index and sorts all that wait.
_index("waiting_in_order", "turn", "id", "state", "user_id", "run_at", "amount", where="state = 'waiting'")
_index("waiting_run_at", "run_at", where="state = 'waiting'")
# With the constant state, or SQLite may choose another index and read all of a member's jobs.
_index("waiting_of_member", "user_id", "state", "turn", "id", where="state = 'waiting'")
_index("running_load", "user_id", "state", "abreast", where="state = 'running'")
_index("held", "state", "lease", where="state IN ('running', 'drawn', 'failed')")
_index("member_turn", "user_id", "turn")
_index("served_turn", "turn", where="attempts > 0")
_index("drawn_size", "size", "id", where="drawn_at IS NOT NULL")
_index("drawn_channel", "channel_id", "id", where="drawn_at IS NOT NULL")
# With all that the count of a member's results reads, or SQLite chooses another index and reads their rows.
_index("drawn_of_member", "user_id", "id", "state", "drawn_at", where="drawn_at IS NOT NULL")
_index("waiting_card", "card_until", where="state = 'waiting'")
_index("member_created", "user_id", "created_at")
_index("created", "created_at")
_index("parent", "parent_id", where="parent_id IS NOT NULL")
_index("erased", "created_at", where="prompt = ''")
_index("spending", "created_at", "guild_id", "currency", "cost", where="cost > 0")

waiting_counts = Table(
    "waiting_counts",
    metadata,
    # the waiting jobs by turn, range of ids, size and model, so that positions aren't counted job by job;
    # kept by triggers on jobs, which a migration that copies that table on SQLite would have to create again
    Column("turn", BigInteger, primary_key=True, autoincrement=False),
    Column("first_id", BigInteger, primary_key=True, autoincrement=False),  # of ID_RANGE ids
    Column("size", String(8), primary_key=True),
    Column("model", String(100), primary_key=True),  # empty for the usual one
    Column("jobs", Integer, nullable=False),
    Column("pictures", Integer, nullable=False),
)
ID_RANGE = 4096
"""A row of ``waiting_counts`` counts jobs with this many consecutive ids, from a multiple of it."""

pool = Table(
    "pool",
    metadata,
    # the health of each service as seen by all processes; the relay's row, the first, always exists
    Column("id", Integer, primary_key=True),
    Column("service", Text, nullable=False, unique=True),
    Column("share", Float, nullable=False),
    Column("slowed_at", Float, nullable=False),
    Column("slow_until", Float, nullable=False),
    Column("well_at", Float, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("ill_since", Float),
    Column("down_since", Float),
    Column("down_until", Float, nullable=False),
    Column("paused", Boolean, nullable=False, server_default=false()),  # by the operator, all alike
)

relay_calls = Table(
    "relay_calls",
    metadata,
    # calls begun in the last minute, where calls a minute are limited
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False, index=True),
    Column("pictures", Integer, nullable=False),
    Column("model", String(100)),
)

identifies = Table(
    "identifies",
    metadata,
    # when the next shard of each bucket may identify at Discord's gateway
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("free_at", Float, nullable=False),
)

guilds = Table(
    "guilds",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("settings", JSON, nullable=False),
    Column("version", Integer, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    # changes made by managers and moderators
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("guild_id", BigInteger, nullable=False, index=True),
    Column("user_id", BigInteger, nullable=False),
    Column("member_id", BigInteger, index=True),  # the affected member, if any
    Column("at", Float, nullable=False),
    Column("what", JSON, nullable=False),
)

pauses = Table(
    "pauses",
    metadata,
    # members paused by a moderator in a server
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("until", Float, nullable=False),
    Column("by_id", BigInteger, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
)

preferences = Table(
    "preferences",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("settings", JSON, nullable=False),
)

styles = Table(
    "styles",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("owner_kind", String(8), nullable=False),  # guild or member
    Column("owner_id", BigInteger, nullable=False),
    Column("name", String(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("job_id", BigInteger),  # preview: its newest result
    UniqueConstraint("owner_kind", "owner_id", "name"),
)

hints = Table(
    "hints",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(8), primary_key=True),
    Column("at", Float, nullable=False),
)

welcomes = Table(
    "welcomes",
    metadata,
    # servers that were welcomed, also after the bot left them
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
)

spent = Table(
    "spent",
    metadata,
    # usage of deleted jobs, kept until the day is over
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("until", Float, primary_key=True),
    Column("pictures", Integer, nullable=False),
)

erasures = Table(
    "erasures",
    metadata,
    # what was erased on request, for the restoration of backups from before
    Column("kind", String(8), primary_key=True),  # member or request
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Float, primary_key=True),
    Column("keep_opt_out", Boolean, nullable=False, server_default=false()),
)

daily_counters = Table(
    "daily_counters",
    metadata,
    # how many pictures count towards the operator's limits of a day, kept until it is over
    Column("scope", String(8), primary_key=True),  # member, server or total
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # of the member or server, else 0
    Column("day", Integer, primary_key=True, autoincrement=False),  # in UTC, counted from the epoch
    Column("pictures", Integer, nullable=False),
    Column("cost", BigInteger, nullable=False, server_default="0"),  # in millionths of the models' currency
)
