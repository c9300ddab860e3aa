"""The pipeline: the one room that knows the order of the others.

One file holds one task, named as the command that asks for it: `audit` runs from logs to a
report. It calls `label_logs` (read, choose, scrub, label, store) and `publish` (reserve budget,
draw noise, keep, write). `request`, `workdir`, `instrument`, `sampling`, `worker_pool`,
`cpu_budget`, `feature_cache`, `table_catalogue` and `label_error` are shared by several tasks.
"""
