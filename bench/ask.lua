-- One body per request over persons drawn at random, a fresh idempotency key each.
-- BENCH_PEOPLE: a file with one JSON body a line; BENCH_TOKEN: the API key; BENCH_RUN: makes keys unique.
local bodies, head, count = {}, nil, 0

function init(args)
  for line in io.lines(os.getenv("BENCH_PEOPLE")) do
    bodies[#bodies + 1] = "\r\nContent-Length: " .. #line .. "\r\n\r\n" .. line
  end
  math.randomseed(tonumber(os.getenv("BENCH_SEED")))
  head = "POST /v1/permits HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nAuthorization: Bearer "
    .. os.getenv("BENCH_TOKEN") .. "\r\nIdempotency-Key: " .. os.getenv("BENCH_RUN") .. "-"
end

function request()
  count = count + 1
  return head .. count .. bodies[math.random(#bodies)]
end

function done(summary, latency, requests)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status
    + summary.errors.timeout
  io.write(string.format("RESULT %d %d %d %.3f\n", summary.requests, summary.duration, failed,
    latency:percentile(99.0) / 1000))
end
