"""Reports: a notebook run on a collection, as a folder that can be handed over and run again.

`making.write_report` runs a notebook (`notebooks`) in a kernel of its own (`running`), where tables become
data (`capture`, `tables`) and widgets become pictures; `page` makes one HTML file of it that asks nobody
for anything; `manifest` and `origin` say what it was made from. `rerunning.rerun` makes it again and
compares. `publishing.publish` puts it into a bucket.
"""
