-- Who called which model how often, with how many tokens, and how many calls the guardrail or an error ended.
SELECT
  json_extract_scalar(line, '$.team') AS team,
  json_extract_scalar(line, '$.principal') AS principal,
  json_extract_scalar(line, '$.model') AS model,
  count(*) AS calls,
  sum(CASE WHEN json_extract_scalar(line, '$.error') = 'content_filter' THEN 1 ELSE 0 END) AS blocked,
  sum(CASE WHEN CAST(json_extract_scalar(line, '$.status') AS integer) >= 400 THEN 1 ELSE 0 END) AS refused,
  sum(CAST(json_extract_scalar(line, '$.input_tokens') AS integer)) AS input_tokens,
  sum(CAST(json_extract_scalar(line, '$.output_tokens') AS integer)) AS output_tokens
FROM records
WHERE day = '2026-11-28' AND json_extract_scalar(line, '$.record') = 'inference'
GROUP BY 1, 2, 3
ORDER BY calls DESC, team, principal, model
