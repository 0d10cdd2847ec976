-- wrk: asks for /svc-0/128 ... /svc-(N-1)/128 in a fixed, scattered order; N is the argument after `--`.
local requests, at = {}, 0

function init(args)
  for i = 0, tonumber(args[1]) - 1 do
    requests[i] = wrk.format("GET", "/svc-" .. i .. "/128")
  end
  requests.count = tonumber(args[1])
end

function request()
  at = (at + 7919) % requests.count
  return requests[at]
end
