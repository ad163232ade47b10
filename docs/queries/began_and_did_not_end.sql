-- Requests that began and did not end: the process was killed, or its record was not delivered.
SELECT
  json_extract_scalar(began.line, '$.time') AS time,
  json_extract_scalar(began.line, '$.team') AS team,
  json_extract_scalar(began.line, '$.principal') AS principal,
  json_extract_scalar(began.line, '$.request_id') AS request_id
FROM records began
LEFT JOIN records ended
  ON json_extract_scalar(ended.line, '$.request_id') = json_extract_scalar(began.line, '$.request_id')
  AND json_extract_scalar(ended.line, '$.record') = 'inference'
  AND ended.day >= '2026-11-28'
WHERE began.day = '2026-11-28' AND json_extract_scalar(began.line, '$.record') = 'began' AND ended.line IS NULL
ORDER BY time
