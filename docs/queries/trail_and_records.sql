-- Calls of a model that one side knows and the other does not: CloudTrail's data events (the table `cloudtrail`, as AWS
-- documents it) and the records, joined by the id that bedrock-mantle gave the call.
SELECT
  coalesce(trail.requestid, recorded.upstream) AS upstream_request_id,
  CASE WHEN recorded.upstream IS NULL THEN 'no record' ELSE 'no data event' END AS missing,
  trail.eventtime AS seen_by_the_trail,
  recorded.request_id AS request_id
FROM (
  SELECT requestid, eventtime FROM cloudtrail
  WHERE eventsource = 'bedrock-mantle.amazonaws.com' AND eventname = 'CreateInference' AND eventtime LIKE '2026-11-28%'
) trail
FULL OUTER JOIN (
  SELECT
    json_extract_scalar(line, '$.upstream.request_id') AS upstream,
    json_extract_scalar(line, '$.request_id') AS request_id
  FROM records
  WHERE day = '2026-11-28' AND json_extract_scalar(line, '$.upstream.request_id') IS NOT NULL
) recorded ON recorded.upstream = trail.requestid
WHERE trail.requestid IS NULL OR recorded.upstream IS NULL
ORDER BY 1
