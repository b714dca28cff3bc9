"""The projection: the row changes of each entry, which recording writes and the audit applies in memory."""
