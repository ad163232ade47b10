-- What was refused and by whom: the guardrail, the function, the authorizer, or API Gateway before any of them.
SELECT
  json_extract_scalar(line, '$.record') AS written_by,
  json_extract_scalar(line, '$.request_id') AS request_id,
  coalesce(json_extract_scalar(line, '$.principal'), '-') AS principal,
  coalesce(json_extract_scalar(line, '$.error'), json_extract_scalar(line, '$.reason')) AS why,
  json_extract_scalar(line, '$.guardrail.input') AS guardrail_on_the_prompt
FROM records
WHERE day = '2026-11-28'
  AND (
    (json_extract_scalar(line, '$.record') = 'inference' AND CAST(json_extract_scalar(line, '$.status') AS integer) >= 400)
    OR (json_extract_scalar(line, '$.record') = 'access' AND json_extract_scalar(line, '$.status') >= '400')
    OR (json_extract_scalar(line, '$.record') = 'authorization' AND json_extract_scalar(line, '$.decision') = 'deny')
  )
ORDER BY request_id, written_by
