namespace DeterministicSimulation;

/// <summary>Code that was waiting, and can go on.</summary>
public sealed class Continuation : Operation
{
    /// <summary>Whose code it is.</summary>
    public OperationContext Context { get; private set; } = null!;

    /// <summary>What runs.</summary>
    public SendOrPostCallback Callback { get; private set; } = null!;

    /// <summary>What it is given.</summary>
    public object? State { get; private set; }

    /// <inheritdoc/>
    public override OperationKind Kind => OperationKind.Continuation;

    /// <inheritdoc/>
    public override int Server => Context.Server;

    /// <inheritdoc/>
    /// <remarks>Continuations of the scenario differ by their async method. Those of a server do not: a server has few loops.</remarks>
    public override OperationShape Shape => new(Kind, Server, What: Server == 0 ? AsyncCode.MachineOf(State ?? Callback) : null);

    /// <inheritdoc/>
    public override string What => $"{Context.Name}: {AsyncCode.NameOf(State ?? Callback)}";

    /// <summary>Makes it another continuation, as they are many and live for a moment.</summary>
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
