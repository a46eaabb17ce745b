"""Decide, in tables and before a voxel is read, what a combined training set is made of.

`recipe` reads what is wanted, `facts` what it is decided from, `decide` decides: it asks `select`
and `expression` of each candidate, `group`, `overlaps` and `relatives` who shows whom, `mapping`
what labels mean, `verdicts` what licenses allow, `balance`, `strata` and `split` who trains
where. `funnel` and `explain` tell people.
"""
