"""The projection: the row changes of each entry of a case, which recording writes and the audit applies in memory."""
