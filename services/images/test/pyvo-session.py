"""A session as an astronomer has it: TAP sync, async, upload, job list, abort, cone search, SIA2, DataLink, SODA. Prints what it saw."""
import sys, time, warnings
from io import BytesIO
warnings.simplefilter("ignore")
import pyvo
from astropy.io import fits
from astropy.table import Table

base, ra, dec = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
tap = pyvo.dal.TAPService(f"{base}/tap")
print("sync", len(tap.run_sync("SELECT obs_id, s_region FROM ivoa.ObsCore")))
job = tap.submit_job("SELECT obs_id FROM ivoa.ObsCore", maxrec=3)
job.run(); job.wait(phases=["COMPLETED", "ERROR"], timeout=60.0)
print("async", job.phase, len(job.fetch_result()))
upload = Table({"id": [1, 2], "ra": [ra, 10.0], "dec": [dec, 10.0]})
found = tap.run_sync("SELECT u.id, COUNT(*) AS n FROM TAP_UPLOAD.mine AS u JOIN ivoa.ObsCore AS o "
                     "ON 1 = CONTAINS(POINT('ICRS', u.ra, u.dec), CIRCLE('ICRS', o.s_ra, o.s_dec, 0.1)) GROUP BY u.id", uploads={"mine": upload})
print("upload", [(int(row["id"]), int(row["n"])) for row in found])
print("jobs", job.job_id in [each.jobid for each in tap.get_job_list()])
other = tap.submit_job("SELECT COUNT(*) AS n FROM ivoa.ObsCore")
other.abort()
print("abort", other.phase)
other.delete(); job.delete()
try:
    tap.run_sync("SELECT nothing FROM ivoa.ObsCore"); print("error none")
except pyvo.DALQueryError as error:
    print("error", "nothing" in str(error))
cone = pyvo.dal.SCSService(f"{base}/tap/cone/ivoa.ObsCore?").search(pos=(ra, dec), radius=0.1)
print("cone", len(cone))
sia = (getattr(pyvo.dal.sia2, "SIA2Service", None) or pyvo.dal.sia2.SIAService)(f"{base}/sia")
rows = sia.search(pos=(ra, dec, 0.001))
links = next(rows.iter_datalinks()) if hasattr(rows, "iter_datalinks") else pyvo.dal.adhoc.DatalinkResults.from_result_url(rows[0]["access_url"])
print("links", len(rows), sorted({link["semantics"] for link in links}))
# `bysemantics` would ask ivoa.net for the vocabulary.
print("preview", [link["content_type"] for link in links if link["semantics"] == "#preview"][0])
cut = fits.open(BytesIO(links.get_first_proc().process(circle=(ra, dec, 0.002)).read()))
print("soda", [hdu.name for hdu in cut])
