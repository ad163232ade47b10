-- The records as a table: a line of JSON each, as it was written, in a folder for each day.
-- Put the bucket of the output RecordsArchive, and the deployment's name, in place of BUCKET and DEPLOYMENT.
CREATE EXTERNAL TABLE records (line string)
PARTITIONED BY (day string)
ROW FORMAT DELIMITED FIELDS TERMINATED BY '\001' LINES TERMINATED BY '\n'
LOCATION 's3://BUCKET/records/deployment=DEPLOYMENT/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy-MM-dd',
  'projection.day.range' = '2026-01-01,NOW',
  'storage.location.template' = 's3://BUCKET/records/deployment=DEPLOYMENT/day=${day}/'
)
