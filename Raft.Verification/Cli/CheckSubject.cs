using ModelChecking;
using Raft.Model.Spec;
using Raft.Verification.CoreGraph;

namespace Raft.Verification.Cli;

/// <summary>What is checked: the model, or the real core with the model beside it.</summary>
/// <param name="Specification">The specification.</param>
/// <param name="Bounds">The bounds.</param>
internal sealed record CheckSubject(Specification Specification, RaftBounds Bounds) : IDisposable
{
    /// <summary>The real core, if that is what is checked.</summary>
    public CoreSpecification? Core => Specification as CoreSpecification;

    /// <inheritdoc/>
    public void Dispose() => Core?.Dispose();
}
