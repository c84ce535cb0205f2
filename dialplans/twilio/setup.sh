#!/bin/sh
# Twilio: makes a TwiML app, and a SIP domain if you name one, whose every call goes by ContactGuard.
# Reaches `voice` in src/contactguard/doors/twilio.py (POST /twilio/voice); docs/twilio.md says the rest.
#
#   PUBLIC_URL=https://gate.example ACCOUNT_SID=AC... dialplans/twilio/setup.sh [acme.sip.twilio.com]
#
# The account's auth token is asked for by curl, or stands in ~/.netrc (machine api.twilio.com login AC... password TOKEN).
# PUBLIC_URL is `[server] public_url` of the gate's settings, and the account is that of `[twilio]`: Twilio signs what it
# sends, and a signature that does not fit that URL is refused.
#
# The softphone then calls with its Voice SDK, and the gate reads who calls from its token:
#   device.connect({params: {To: "+12125550123", case_ref: "C-1"}})
#
# The order in which the gate goes: emergency numbers of `[telephony] country`, internal extensions
# (`[twilio] extension_address`), then whoever may be called; everybody else is a no, read out to the agent.
# Without the gate Twilio says that an application error has occurred, and hangs up: no call leaves. So let telephones
# have another way to emergency numbers than the softphone: Twilio cannot place that call while the gate is away.
set -eu
: "${PUBLIC_URL:?https://gate.example, as in the settings}" "${ACCOUNT_SID:?AC...}"
api="${API_URL:-https://api.twilio.com}/2010-04-01/Accounts/$ACCOUNT_SID"
[ -n "${CURL_AUTH:-}" ] || if [ -f ~/.netrc ]; then CURL_AUTH=--netrc; else CURL_AUTH="--user $ACCOUNT_SID"; fi

# create PATH FIELD...: makes it, and prints what Twilio calls it.
create() {
    path=$1
    shift
    for field; do set -- "$@" --data-urlencode "$field" && shift; done
    # shellcheck disable=SC2086
    curl --silent --show-error --fail-with-body $CURL_AUTH "$@" "$api/$path.json" | grep -o '"sid": *"[A-Z]*[0-9a-f]*"'
}

# No fallback URL: a document that dials while the gate is away would be a way round it. Status callbacks need no setting.
create Applications FriendlyName=ContactGuard VoiceMethod=POST "VoiceUrl=$PUBLIC_URL/twilio/voice"

[ $# -eq 0 ] || create SIP/Domains "DomainName=$1" SipRegistration=true Secure=true \
    VoiceMethod=POST "VoiceUrl=$PUBLIC_URL/twilio/voice"
