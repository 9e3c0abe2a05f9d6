-- Comments of surveys are read newest first.

CREATE INDEX survey_responses_comments ON kpid.survey_responses (respond_time DESC, response_id)
  WHERE comment <> '' AND respond_time IS NOT NULL;
