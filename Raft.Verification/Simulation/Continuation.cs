namespace Raft.Verification.Simulation;

/// <summary>Code that was waiting, and can go on.</summary>
internal sealed class Continuation : Operation
{
    public OperationContext Context { get; private set; } = null!;

    public SendOrPostCallback Callback { get; private set; } = null!;

    public object? State { get; private set; }

    public override OperationKind Kind => OperationKind.Continuation;

    public override int Server => Context.Server;

    // Of the scenario's code some is an answer to a proposal; a server has one loop, and its service.
    internal override OperationShape Shape => new(Kind, Server, What: Server == 0 ? AsyncCode.MachineOf(State ?? Callback) : null);

    public Continuation Set(OperationContext context, SendOrPostCallback callback, object? state)
    {
        Context = context;
        Callback = callback;
        State = state;
        Rank = 0;
        IsLate = null;
        return this;
    }

    internal override void Run()
    {
        Context.Last = State;
        Context.Enter();
        Callback(State);
    }

    public override string ToString() => $"{Context.Name}: {AsyncCode.NameOf(State ?? Callback)} goes on";
}
