%% Erlang's side of `bench sync`, run by
%% erl -noshell -run sync main WORKLOAD COUNT CLIENTS.
-module(sync).
-export([main/1]).

main([_, Count, Clients]) ->
    N = list_to_integer(Count),
    M = list_to_integer(Clients),
    Lock = spawn(fun() -> free() end),
    Self = self(),
    [spawn(fun() -> use(Lock, N div M), Self ! done end)
     || _ <- lists:seq(1, M)],
    [receive done -> ok end || _ <- lists:seq(1, M)],
    halt(0).

use(_, 0) -> ok;
use(Lock, N) ->
    Lock ! {acquire, self()},
    receive granted -> ok end,
    Lock ! {release, self()},
    use(Lock, N - 1).

free() ->
    receive {acquire, Who} -> Who ! granted, held(Who, queue:new()) end.

held(Who, Line) ->
    receive
        {acquire, Next} -> held(Who, queue:in(Next, Line));
        {release, Who} ->
            case queue:out(Line) of
                {empty, _} -> free();
                {{value, Next}, Rest} -> Next ! granted, held(Next, Rest)
            end
    end.
