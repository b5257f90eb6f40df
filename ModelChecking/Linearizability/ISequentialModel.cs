using System.Diagnostics.CodeAnalysis;

namespace ModelChecking.Linearizability;

/// <summary>What a shared object does when its operations happen one after the other.</summary>
/// <typeparam name="TState">The state of the object. A value: equal states behave equally.</typeparam>
/// <typeparam name="TAction">What an operation does, with its result if that is known. A value, as the state is.</typeparam>
public interface ISequentialModel<TState, TAction>
    where TState : notnull, IEquatable<TState>
{
    /// <summary>The state before the first operation.</summary>
    TState Initial { get; }

    /// <summary>An operation takes effect.</summary>
    /// <param name="state">The state before it.</param>
    /// <param name="action">The operation. Any result will do if its own is not known.</param>
    /// <param name="next">The state after it.</param>
    /// <returns>Whether the operation can have its result in this state.</returns>
    bool TryTake(TState state, TAction action, [MaybeNullWhen(false)] out TState next);

    /// <summary>The same operation with a result that is not known.</summary>
    TAction WithoutResult(TAction action);
}
