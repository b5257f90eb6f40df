using DeterministicSimulation;

namespace Raft.Verification.Specifications;

/// <summary>The subjects of a violation.</summary>
public static class ViolationWitnesses
{
    extension(Violation violation)
    {
        /// <summary>The servers, terms and log indexes that the violation names.</summary>
        public Witnesses Witnesses => violation.Subjects as Witnesses ?? Witnesses.None;
    }
}
