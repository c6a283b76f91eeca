%% Erlang's side of `bench tasks`: escript-free, run by
%% erl -noshell -run tasks main WORKLOAD COUNT.
-module(tasks).
-export([main/1]).

main([Workload, Count]) ->
    N = list_to_integer(Count),
    case Workload of
        "gather" -> gather(N);
        "sleepers" -> sleepers(N);
        "cancel" -> cancel(N);
        "request" -> request(N)
    end,
    halt(0).

gather(N) ->
    Self = self(),
    [spawn(fun() -> Self ! {done, I} end) || I <- lists:seq(0, N - 1)],
    true = collect(N, 0) =:= N * (N - 1) div 2.

collect(0, Sum) -> Sum;
collect(N, Sum) -> receive {done, I} -> collect(N - 1, Sum + I) end.

sleepers(N) ->
    Self = self(),
    [spawn(fun() -> timer:sleep(1000), Self ! {done, 0} end)
     || _ <- lists:seq(1, N)],
    collect(N, 0).

cancel(N) ->
    Tasks = [spawn_monitor(fun() -> receive stop -> ok end end)
             || _ <- lists:seq(1, N)],
    timer:sleep(100),
    Start = erlang:monotonic_time(),
    [Pid ! stop || {Pid, _} <- Tasks],
    [receive {'DOWN', Ref, _, _, _} -> ok end || {_, Ref} <- Tasks],
    Took = erlang:convert_time_unit(erlang:monotonic_time() - Start, native,
                                    microsecond),
    io:format("cancel ~.3f~n", [Took / 1.0e6]).

request(N) ->
    Server = spawn(fun Loop() ->
        receive {From, X} -> From ! {self(), 2 * X}, Loop() end
    end),
    true = ask(Server, 0, N, 0) =:= N * (N - 1).

ask(_, N, N, Sum) -> Sum;
ask(Server, I, N, Sum) ->
    Server ! {self(), I},
    receive {Server, X} -> ask(Server, I + 1, N, Sum + X) end.
