"""The words of the wire: every value that a field of a scenario or a decision may have."""

from __future__ import annotations

from typing import Literal, get_args

Channel = Literal["voice", "sms", "email", "letter", "visit", "messaging", "portal"]
Direction = Literal["outbound", "inbound"]
Purpose = Literal[
    "collection", "reminder", "location_information", "response", "service", "legal_notice", "limited_content"
]
Mode = Literal["manual", "preview", "progressive", "predictive", "prerecorded", "ringless", "ai_voice"]
Outcome = Literal[
    "no_answer", "busy", "not_in_service", "failed", "voicemail", "limited_content_message", "answered",
    "conversation", "third_party", "wrong_number", "abandoned", "sent", "delivered", "undelivered", "bounced",
    "replied", "received", "refused", "unknown",
]  # fmt: skip
Role = Literal[
    "debtor", "joint_debtor", "guarantor", "spouse", "parent", "guardian", "executor", "successor", "attorney",
    "representative", "employer", "creditor", "credit_bureau", "third_party",
]  # fmt: skip
Line = Literal["mobile", "fixed", "voip", "unknown"]
Label = Literal["home", "mobile", "work", "other"]
PointStatus = Literal["active", "wrong_number", "reassigned", "invalid"]
Place = Literal["home", "work", "other"]
Product = Literal[
    "credit_card", "personal_loan", "student_loan", "medical", "auto", "mortgage", "utility", "telecom", "tax",
    "microfinance", "other",
]  # fmt: skip
CaseStatus = Literal["open", "disputed", "paid", "closed", "legal"]
CollectorKind = Literal["third_party", "first_party", "debt_buyer"]
Licence = Literal["bank", "lending_company", "collection_agency", "asset_manager"]
Form = Literal["written", "electronic", "certified", "oral", "recorded", "separate"]
Notice = Literal[
    "efforts_ended", "remedy_possible", "remedy_intended", "judgment_remedy", "verification", "required",
    "opt_out_confirmation", "consent_request",
]  # fmt: skip
LookUp = Literal["not_reassigned", "reassigned", "no_data"]
Source = Literal["person", "creditor", "prior_collector", "skip_trace", "third_party"]
Route = Literal["person", "creditor_notice", "prior_collector"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
RestrictionKind = Literal[
    "cease_communication", "refuses_to_pay", "represented", "inconvenient_hours", "convenient_hours",
    "inconvenient_place", "employer_prohibits", "channel_refused", "address_refused", "written_only", "disputed",
    "original_creditor_requested", "deceased", "bankruptcy", "breathing_space", "vulnerable",
]  # fmt: skip
ConsentKind = Literal[
    "contact",
    "electronic",
    "autodialed",
    "call_frequency",
    "hours",
    "workplace",
    "third_party",
    "direct_contact",
]
Vouched = Literal["notices", "communicated", "arrears", "licences"]
Said = Literal["busy_now", "call_me_again", "refuses_to_pay", "denies_debt", "paid"]
Believed = Literal["answer_wrong", "now_knows"]
Reason = Literal[
    "represented", "deceased", "cease_communication", "bankruptcy", "breathing_space", "vulnerable", "third_party",
    "wrong_number", "reassigned_number", "opted_out", "channel_refused", "no_consent", "workplace",
    "inconvenient_place", "inconvenient_time", "outside_hours", "public_holiday", "frequency_cap",
    "post_conversation_wait", "too_soon", "channel_quota", "not_in_arrears", "case_closed", "disputed",
    "notice_missing", "identification_missing", "disclosure_missing", "opt_out_missing", "prohibited_content",
    "caller_id", "unlicensed", "no_regime", "unknown_destination", "unknown_whereabouts", "invalid_destination",
    "abandonment_cap", "paused", "capacity", "service_unavailable",
]  # fmt: skip
ObligationCode = Literal[
    "identify", "verify_right_party", "disclose_debt_collector", "opt_out_notice", "announce_recording",
    "caller_id", "limited_content_only", "no_debt_disclosure",
]  # fmt: skip

REASON_ORDER: dict[str, int] = {code: place for place, code in enumerate(get_args(Reason))}
