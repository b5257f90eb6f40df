namespace DeterministicSimulation;

/// <summary>Code that was waiting and can continue.</summary>
public sealed class Continuation : Operation
{
    /// <summary>The context that the code runs in.</summary>
    public OperationContext Context { get; private set; } = null!;

    /// <summary>The code.</summary>
    public SendOrPostCallback Callback { get; private set; } = null!;

    /// <summary>The argument of the code.</summary>
    public object? State { get; private set; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Continuation;

    /// <inheritdoc/>
    public override int Server => Context.Server;

    /// <inheritdoc/>
    /// <remarks>Continuations of the workload differ by their async method. Those of a server do not: a server has few loops.</remarks>
    public override OperationShape Shape => new(Kind, Server, What: Server == 0 ? AsyncCode.MachineOf(State ?? Callback) : null);

    /// <inheritdoc/>
    public override string What => $"{Context.Name}: {AsyncCode.NameOf(State ?? Callback)}";

    /// <summary>Reuses the object for another continuation: there are many, and each is short-lived.</summary>
    public Continuation Set(OperationContext context, SendOrPostCallback callback, object? state)
    {
        Context = context;
        Callback = callback;
        State = state;
        Rank = 0;
        IsLate = null;
        return this;
    }

    /// <inheritdoc/>
    public override void Run()
    {
        Context.Last = State;
        Context.Enter();
        Callback(State);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{What} continues";
}
