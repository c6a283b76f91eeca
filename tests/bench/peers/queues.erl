%% Erlang's side of `bench sync`, run by
%% erl -noshell -run queues main WORKLOAD COUNT SIZE.
%%
%% A bounded queue is a process; a batch is a list.
-module(queues).
-export([main/1]).

-define(ROOM, 1024).

main([Workload, Count, Size]) ->
    S = list_to_integer(Size),
    N = list_to_integer(Count) div S * S,
    Self = self(),
    case Workload of
        "queue" ->
            Q = spawn(fun() -> open(queue:new(), 0) end),
            spawn(fun() -> produce(Q, 0, N, 1) end),
            spawn(fun() -> consume(Q, 0, N, 1), Self ! done end);
        "batches" ->
            Q = spawn(fun() -> open(queue:new(), 0) end),
            spawn(fun() -> produce(Q, 0, N, S) end),
            spawn(fun() -> consume(Q, 0, N, S), Self ! done end);
        "pingpong" ->
            A = spawn(fun() -> open(queue:new(), 0) end),
            B = spawn(fun() -> open(queue:new(), 0) end),
            spawn(fun() -> echo(A, B, N) end),
            spawn(fun() -> ping(A, B, 0, N), Self ! done end)
    end,
    receive done -> ok end,
    halt(0).

produce(_, N, N, _) -> ok;
produce(Q, I, N, S) ->
    add(Q, lists:seq(I, I + S - 1)),
    produce(Q, I + S, N, S).

consume(_, N, N, _) -> ok;
consume(Q, I, N, S) ->
    Batch = take(Q),
    Batch = lists:seq(I, I + S - 1),
    consume(Q, I + S, N, S).

echo(_, _, 0) -> ok;
echo(A, B, N) -> add(B, take(A)), echo(A, B, N - 1).

ping(_, _, N, N) -> ok;
ping(A, B, I, N) ->
    add(A, [I]),
    [I] = take(B),
    ping(A, B, I + 1, N).

add(Q, Batch) ->
    Q ! {put, self(), Batch},
    receive {Q, ok} -> ok end.

take(Q) ->
    Q ! {get, self()},
    receive {Q, Batch} -> Batch end.

open(Items, Size) when Size >= ?ROOM ->
    receive {get, Who} -> give(Items, Size, Who) end;
open(Items, Size) ->
    receive
        {put, Who, Batch} ->
            Who ! {self(), ok},
            open(queue:in(Batch, Items), Size + length(Batch));
        {get, Who} when Size > 0 ->
            give(Items, Size, Who);
        {get, Who} ->
            receive {put, From, Batch} ->
                From ! {self(), ok},
                Who ! {self(), Batch},
                open(Items, Size)
            end
    end.

give(Items, Size, Who) ->
    {{value, Batch}, Rest} = queue:out(Items),
    Who ! {self(), Batch},
    open(Rest, Size - length(Batch)).
