using Raft.Model.Spec;
using Raft.Verification.Specifications;

namespace Raft.Tests.Specifications;

/// <summary>The sentences of properties.</summary>
public sealed class PropertyMeaningTests
{
    [Fact]
    public void Every_monitor_has_a_sentence() =>
        Assert.All(Specification.AllMonitors(), monitor => Assert.Contains(monitor.Property, PropertyMeaning.Known));

    [Fact]
    public void Every_invariant_of_the_model_has_a_sentence()
    {
        var model = new RaftSpec(new RaftBounds(), RaftOptions.Implementation);

        Assert.All(model.Invariants, invariant => Assert.Contains(invariant.Name, PropertyMeaning.Known));
        Assert.All(model.ActionProperties, property => Assert.Contains(property.Name, PropertyMeaning.Known));
    }

    [Fact]
    public void A_property_that_nobody_knows_has_one_too() => Assert.NotEmpty(PropertyMeaning.Of("SomethingElse").Sentence);
}
